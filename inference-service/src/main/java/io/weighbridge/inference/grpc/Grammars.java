package io.weighbridge.inference.grpc;

import io.weighbridge.engine.grammar.CompiledGrammar;
import io.weighbridge.engine.grammar.Grammar;
import io.weighbridge.engine.grammar.GrammarCache;
import io.weighbridge.engine.grammar.GrammarException;
import io.weighbridge.engine.grammar.GrammarMask;
import io.weighbridge.engine.grammar.GrammarVocabulary;
import io.weighbridge.engine.sampling.TokenMask;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.chat.ChatEncoder.AnswerFormat;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.StructuredOutput;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Grammars of requests, compiled for a model's vocabulary; the latest are kept. Compiles on the caller's thread, never on an
 * engine's. Thread-safe.
 */
final class Grammars {
    private final Map<LoadedModel, OfModel> models = Collections.synchronizedMap(new WeakHashMap<>());

    /** What the request's answer has to look like; null where it is free. */
    @Nullable
    TokenMask mask(GenerateRequest request, LoadedModel loaded, @Nullable AnswerFormat answer) {
        var tools = request.getChat().getToolChoice();
        boolean forced = switch (tools.getMode()) {
            case MODE_REQUIRED, MODE_NAMED -> true;
            case MODE_UNSPECIFIED, MODE_NONE -> false;
            case UNRECOGNIZED -> throw InferenceException.badParam("tool_choice", "the tool choice is unknown here");
        };
        if (!forced && !request.hasStructuredOutput()) {
            return null;
        }
        if (forced && request.hasStructuredOutput()) {
            throw InferenceException.badParam("tool_choice", "a forced call cannot have another structure as well");
        }
        if (request.getIgnoreEos() || request.getMinTokens() > 0) {
            throw InferenceException.badParam(
                    request.getIgnoreEos() ? "ignore_eos" : "min_tokens",
                    "a completion with a given structure ends when the structure does");
        }
        var model = models.computeIfAbsent(loaded, OfModel::new);
        return new GrammarMask(
                forced ? calls(request, answer, model) : model.structured(request.getStructuredOutput()));
    }

    private static CompiledGrammar calls(GenerateRequest request, @Nullable AnswerFormat answer, OfModel model) {
        var tools = Chats.read(request.getChat()).tools();
        var choice = request.getChat().getToolChoice();
        if (!choice.getName().isEmpty()) {
            var named = tools.get(choice.getName());
            if (named == null) {
                throw InferenceException.badParam(
                        "tool_choice.name", "no tool is named '%s'".formatted(choice.getName()));
            }
            tools = Map.of(choice.getName(), named);
        }
        if (tools.isEmpty() || answer == null) {
            throw InferenceException.badParam("tool_choice", "there are no tools to call");
        }
        return model.calls(answer, tools);
    }

    /** The grammars of one model; its engine's thread owns what they remember. */
    private static final class OfModel {
        private final LoadedVocabulary vocabulary;
        private @Nullable GrammarCache cache;

        OfModel(LoadedModel loaded) {
            vocabulary = new LoadedVocabulary(loaded);
        }

        /** One model's calls are always written alike, so that the tools are all that counts. */
        CompiledGrammar calls(AnswerFormat answer, Map<String, Map<String, Object>> tools) {
            try {
                return cache().get("calls", answer.describe(tools), () -> answer.call(tools));
            } catch (GrammarException e) {
                throw InferenceException.badParam("tools", String.valueOf(e.getMessage()));
            }
        }

        CompiledGrammar structured(StructuredOutput wanted) {
            try {
                return cache().get("structured output", wanted.toString(), () -> grammar(wanted));
            } catch (GrammarException e) {
                throw InferenceException.badParam("structured_output", String.valueOf(e.getMessage()));
            }
        }

        private synchronized GrammarCache cache() {
            if (cache == null) {
                cache = new GrammarCache(vocabulary.get());
            }
            return cache;
        }

        private static Grammar grammar(StructuredOutput wanted) {
            return switch (wanted.getKindCase()) {
                case JSON_SCHEMA -> Grammar.jsonSchema(wanted.getJsonSchema());
                case JSON_OBJECT -> Grammar.jsonObject();
                case REGEX -> Grammar.regex(wanted.getRegex());
                case CHOICE -> Grammar.choice(wanted.getChoice().getTextsList());
                case GRAMMAR -> Grammar.ebnf(wanted.getGrammar());
                case KIND_NOT_SET ->
                    throw InferenceException.badParam("structured_output", "structured_output says nothing");
            };
        }
    }

    /** Made when the first grammar needs it: it takes a moment and memory. */
    private static final class LoadedVocabulary implements Supplier<GrammarVocabulary> {
        private final io.weighbridge.engine.tokenizer.Vocabulary tokens;
        private final java.util.Set<Integer> endTokenIds;
        private @Nullable GrammarVocabulary made;

        LoadedVocabulary(LoadedModel loaded) {
            tokens = loaded.tokenizer().vocabulary();
            endTokenIds = loaded.endTokenIds();
        }

        @Override
        public synchronized GrammarVocabulary get() {
            if (made == null) {
                made = GrammarVocabulary.of(tokens, endTokenIds);
            }
            return made;
        }
    }
}
