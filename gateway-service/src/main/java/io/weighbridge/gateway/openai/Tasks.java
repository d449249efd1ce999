package io.weighbridge.gateway.openai;

import io.weighbridge.v1.Task;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** What models can be asked for, in the words of the interface. */
final class Tasks {
    private Tasks() {}

    /** As a model's description lists them. */
    static List<String> names(Collection<Task> tasks) {
        return tasks.stream()
                .sorted()
                .map(Tasks::name)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /** Where such models are asked. */
    static String routes(Collection<Task> tasks) {
        return tasks.stream().sorted().map(Tasks::route).collect(Collectors.joining(" and "));
    }

    /** What a model does not do that lacks the task. */
    static String missing(Task task) {
        return switch (task) {
            case TASK_GENERATE -> "generates no text";
            case TASK_EMBED -> "makes no embeddings";
            case TASK_SCORE -> "scores no documents";
            case TASK_UNSPECIFIED, UNRECOGNIZED -> "cannot do this";
        };
    }

    private static String name(Task task) {
        return switch (task) {
            case TASK_GENERATE -> "generate";
            case TASK_EMBED -> "embed";
            case TASK_SCORE -> "score";
            case TASK_UNSPECIFIED, UNRECOGNIZED -> "";
        };
    }

    private static String route(Task task) {
        return switch (task) {
            case TASK_GENERATE -> "/v1/chat/completions";
            case TASK_EMBED -> "/v1/embeddings";
            case TASK_SCORE -> "/v1/rerank";
            case TASK_UNSPECIFIED, UNRECOGNIZED -> "another route";
        };
    }
}
