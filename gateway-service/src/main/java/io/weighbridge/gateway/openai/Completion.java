package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.TextDelta;
import io.weighbridge.v1.TokenLogprobs;
import io.weighbridge.v1.ToolCallArguments;
import io.weighbridge.v1.ToolCallStart;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request for completions, as far as it has come: one JSON object at the end, or a stream of chunks on the way. It does not
 * know where the pieces come from. After its first byte a failure becomes an error event: a stream ends with [DONE] only when it is whole.
 * Runs on the request's event loop.
 */
final class Completion {
    /**
     * Most characters of completions that are not streamed, the bytes of their log probabilities counted too: they are held in memory until
     * all of them are whole.
     */
    static final int WHOLE_CHARS_MAX = 16 * 1024 * 1024;

    private final CompletionRequest request;
    private final Answer answer;
    private final boolean includeLicense;
    private final String id;
    private final long created = System.currentTimeMillis() / 1000;
    private @Nullable Admission admission;
    private String fingerprint = "";
    private int held;
    private boolean streamOpen;

    Completion(CompletionRequest request, Answer answer, boolean includeLicense) {
        this.request = request;
        this.answer = answer;
        this.includeLicense = includeLicense;
        this.id = request.shape().idPrefix() + UUID.randomUUID();
    }

    String id() {
        return id;
    }

    Shape shape() {
        return request.shape();
    }

    boolean isStreamOpen() {
        return streamOpen;
    }

    /** The decision that what follows is answered under. */
    void admitted(Admission admission) {
        this.admission = admission;
    }

    void weights(String digest) {
        fingerprint = fingerprint(digest);
    }

    /** The prompt as the beginning of all its completions, where that was asked for; false when there is no room for it. */
    boolean echo(List<Choice> choices, GenerateRequest prompt, TextDelta echoed) {
        if (!request.echo()) {
            return true;
        }
        var logprobs = prompt.hasTopLogprobs() ? echoed.getLogprobsList() : List.<TokenLogprobs>of();
        var delta = TextDelta.newBuilder()
                .setText(echoed.getText())
                .addAllLogprobs(logprobs)
                .build();
        for (var choice : choices) {
            if (!text(choice, delta)) {
                return false;
            }
        }
        return true;
    }

    /** More text; false when there is no room for it. */
    boolean text(Choice choice, TextDelta delta) {
        if (request.stream()) {
            openStream(choice);
            choice.text("", delta.getLogprobsList());
            if (!delta.getText().isEmpty() || delta.getLogprobsCount() > 0) {
                chunk(shape().textChoice(choice, delta.getText()));
            }
            return true;
        }
        var bytes = 0;
        for (var logprobs : delta.getLogprobsList()) {
            bytes += logprobs.getSerializedSize();
        }
        if (!hold(choice, delta.getText().length() + bytes)) {
            return false;
        }
        choice.text(delta.getText(), delta.getLogprobsList());
        return true;
    }

    boolean reasoning(Choice choice, String piece) {
        if (request.stream()) {
            delta(choice, Json.object().put("reasoning_content", piece));
            return true;
        }
        if (!hold(choice, piece.length())) {
            return false;
        }
        choice.reasoning(piece);
        return true;
    }

    void call(Choice choice, ToolCallStart start) {
        choice.call(start);
        if (request.stream()) {
            var delta = Json.object();
            delta.putArray("tool_calls")
                    .add(Choice.call(start.getId(), start.getName(), "").put("index", start.getCallIndex()));
            delta(choice, delta);
        }
    }

    /** More arguments of a call that has started; false when there is no room for them. */
    boolean arguments(Choice choice, ToolCallArguments arguments) {
        if (request.stream()) {
            var delta = Json.object();
            var call = delta.putArray("tool_calls").addObject().put("index", arguments.getCallIndex());
            call.putObject("function").put("arguments", arguments.getText());
            delta(choice, delta);
            return true;
        }
        if (!hold(choice, arguments.getText().length())) {
            return false;
        }
        choice.arguments(arguments.getCallIndex(), arguments.getText());
        return true;
    }

    /** Gives the room of choices back whose completion begins anew. */
    void release(List<Choice> choices) {
        choices.forEach(choice -> held -= choice.takeHeld());
    }

    /**
     * These completions are whole: a stream says so at once.
     *
     * @param last whether no others follow
     */
    void close(List<Choice> choices, boolean last) {
        if (!request.stream()) {
            return;
        }
        for (var choice : choices) {
            openStream(choice);
            notice(choice);
            var closing = envelopeOf(shape().closingChoice(choice));
            answer.chunk(last && choice == choices.getLast() ? withLicense(closing) : closing);
            choice.close();
        }
    }

    /** All completions are whole. */
    void end(List<Choice> choices, Usage usage) {
        if (!request.stream()) {
            var whole = envelope(shape().wholeObject());
            var array = whole.putArray("choices");
            choices.forEach(choice -> array.add(shape().wholeChoice(choice, noticeOf(choice))));
            whole.set("usage", usage.json());
            answer.whole(Json.bytes(withLicense(whole)));
            return;
        }
        if (request.includeUsage()) {
            var last = envelope(shape().chunkObject());
            last.putArray("choices");
            answer.chunk(last.set("usage", usage.json()));
        }
        answer.done();
    }

    /** There will be no more. What is owed for the text that was given out is delivered before the error event. */
    void fail(ApiException failure, List<Choice> choices) {
        if (streamOpen) {
            choices.stream()
                    .filter(choice -> choice.isOpen() && !choice.isClosed())
                    .forEach(this::notice);
            answer.broken(failure);
        } else {
            answer.error(failure);
        }
    }

    private void delta(Choice choice, ObjectNode delta) {
        openStream(choice);
        chunk(Shape.deltaChoice(choice, delta, null));
    }

    private void openStream(Choice choice) {
        if (!streamOpen) {
            streamOpen = true;
            answer.openStream();
        }
        if (choice.open()) {
            var opening = shape().openingChoice(choice);
            if (opening != null) {
                chunk(opening);
            }
        }
    }

    private boolean hold(Choice choice, int more) {
        held += more;
        choice.hold(more);
        return held <= WHOLE_CHARS_MAX;
    }

    /** The notice that a license wants in the text, as the last text of a stream: also when the stream was cut off. */
    private void notice(Choice choice) {
        var notice = noticeOf(choice);
        if (!notice.isEmpty()) {
            openStream(choice);
            chunk(shape().textChoice(choice, notice));
        }
    }

    /** Not in what programs read, a form that was asked for or a call: there the headers and the license object say it. */
    private String noticeOf(Choice choice) {
        var forProgram = request.generate().hasStructuredOutput() || choice.calledTools();
        return admission == null || forProgram ? "" : TextNotice.of(admission.verdict());
    }

    private void chunk(ObjectNode choice) {
        answer.chunk(envelopeOf(choice));
    }

    private ObjectNode envelopeOf(ObjectNode choice) {
        var chunk = envelope(shape().chunkObject());
        chunk.putArray("choices").add(choice);
        if (request.includeUsage()) {
            chunk.putNull("usage");
        }
        return chunk;
    }

    private ObjectNode envelope(String object) {
        var model = admission == null ? request.model() : admission.model().id();
        var envelope = Json.object()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", model);
        return fingerprint.isEmpty() ? envelope : envelope.put("system_fingerprint", fingerprint);
    }

    private ObjectNode withLicense(ObjectNode body) {
        if (includeLicense && admission != null) {
            body.set("license", LicenseJson.of(admission));
        }
        return body;
    }

    /** OpenAI's name for "same weights, same answers": the beginning of the weights' digest. */
    private static String fingerprint(String weightsDigest) {
        var hex = weightsDigest.substring(weightsDigest.indexOf(':') + 1);
        return hex.isEmpty() ? "" : "fp_" + hex.substring(0, Math.min(12, hex.length()));
    }
}
