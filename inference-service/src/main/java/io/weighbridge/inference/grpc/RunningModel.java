package io.weighbridge.inference.grpc;

import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.inference.loading.ModelEntry;
import io.weighbridge.inference.loop.EngineThread;

/** What a call needs of a model that can answer. */
record RunningModel(EngineThread thread, EngineThread.Opened opened) {
    static RunningModel of(ModelEntry entry) {
        var thread = entry.thread();
        var opened = entry.opened();
        if (thread == null || opened == null) {
            throw new InferenceException(ErrorCode.MODEL_NOT_READY, "model '%s' is not ready".formatted(entry.model()));
        }
        return new RunningModel(thread, opened);
    }

    LoadedModel loaded() {
        return thread.loaded();
    }
}
