package io.weighbridge.inference.grpc;

import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.Loaded;
import io.weighbridge.inference.loading.LoadedEncoder;
import io.weighbridge.inference.loading.ModelEntry;
import io.weighbridge.inference.loading.Task;
import io.weighbridge.inference.loop.EncoderThread;
import java.util.List;
import java.util.stream.Collectors;

/** What a model can be asked for, on the wire and in refusals. */
final class Tasks {
    private Tasks() {}

    static List<io.weighbridge.v1.Task> messages(Loaded loaded) {
        return loaded.tasks().stream()
                .sorted()
                .map(task -> switch (task) {
                    case GENERATE -> io.weighbridge.v1.Task.TASK_GENERATE;
                    case EMBED -> io.weighbridge.v1.Task.TASK_EMBED;
                    case SCORE -> io.weighbridge.v1.Task.TASK_SCORE;
                })
                .toList();
    }

    /** Values of an embedding; 0 where the model makes none. */
    static int dimensions(Loaded loaded) {
        return loaded instanceof LoadedEncoder encoder && encoder.tasks().contains(Task.EMBED)
                ? encoder.encoder().head().dimensions()
                : 0;
    }

    /** The thread of a model that can do {@code task}, which only encoders do. */
    static EncoderThread encoder(ModelEntry entry, Task task) {
        var thread = RunningModel.thread(entry);
        if (thread instanceof EncoderThread encoder && encoder.loaded().tasks().contains(task)) {
            return encoder;
        }
        var what = task == Task.EMBED ? "makes no embeddings" : "scores nothing";
        throw InferenceException.badParam(
                "model", "model '%s' %s: %s".formatted(entry.model(), what, instead(thread.loaded())));
    }

    /** A refused caller's way on. */
    static String instead(Loaded loaded) {
        return loaded.tasks().stream()
                .sorted()
                .map(task -> switch (task) {
                    case GENERATE ->
                        "it is a decoder, which generates; call Generate, or take an encoder such as sentence-transformers/all-MiniLM-L6-v2";
                    case EMBED -> "it makes embeddings; call Embed";
                    case SCORE -> "it scores documents; call Score";
                })
                .collect(Collectors.joining("; "));
    }
}
