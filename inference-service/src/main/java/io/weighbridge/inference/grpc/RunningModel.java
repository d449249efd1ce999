package io.weighbridge.inference.grpc;

import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.inference.loading.ModelEntry;
import io.weighbridge.inference.loop.EngineThread;
import io.weighbridge.inference.loop.ModelThread;

/** What a completion needs of a model that can answer. */
record RunningModel(EngineThread thread, ModelThread.Opened opened) {
    /** A model that generates; an encoder is refused by name. */
    static RunningModel of(ModelEntry entry) {
        var opened = opened(entry);
        if (thread(entry) instanceof EngineThread engine) {
            return new RunningModel(engine, opened);
        }
        throw InferenceException.badParam(
                "model",
                "model '%s' is an encoder and generates nothing: %s"
                        .formatted(entry.model(), Tasks.instead(thread(entry).loaded())));
    }

    /** The thread of a model of any kind that can answer. */
    static ModelThread thread(ModelEntry entry) {
        var thread = entry.thread();
        if (thread == null) {
            throw notReady(entry);
        }
        return thread;
    }

    /** What is known of a model of any kind that can answer. */
    static ModelThread.Opened opened(ModelEntry entry) {
        var opened = entry.opened();
        if (opened == null) {
            throw notReady(entry);
        }
        return opened;
    }

    LoadedModel loaded() {
        return thread.loaded();
    }

    private static InferenceException notReady(ModelEntry entry) {
        return new InferenceException(ErrorCode.MODEL_NOT_READY, "model '%s' is not ready".formatted(entry.model()));
    }
}
