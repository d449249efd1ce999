package io.weighbridge.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.ScoreRequest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RequestDigestTest {
    private static final String MODEL = "a/model";
    private static final List<Message> KINDS = List.of(
            GenerateRequest.getDefaultInstance(), EmbedRequest.getDefaultInstance(), ScoreRequest.getDefaultInstance());

    @Test
    void every_field_counts_but_those_that_say_which_attempt_it_is_and_the_name_of_the_model() {
        for (var request : KINDS) {
            var plain = RequestDigest.of(request, MODEL);
            for (var field : request.getDescriptorForType().getFields()) {
                var changed = changed(request, field);
                var same = RequestDigest.NOT_ASKED_FOR.contains(field.getName())
                        || field.getName().equals("model");
                assertThat(RequestDigest.of(changed, MODEL).equals(plain))
                        .as(field.getFullName())
                        .isEqualTo(same);
            }
        }
    }

    @Test
    void the_model_chosen_and_the_kind_of_request_count() {
        var digests = KINDS.stream()
                .flatMap(request -> Stream.of(MODEL, "another/model").map(model -> RequestDigest.of(request, model)))
                .toList();
        assertThat(digests)
                .hasSize(2 * KINDS.size())
                .doesNotHaveDuplicates()
                .allMatch(text -> text.matches("[0-9a-f]{64}"));
    }

    @Test
    void what_is_left_out_is_a_field_of_some_request() {
        for (var name : RequestDigest.NOT_ASKED_FOR) {
            assertThat(KINDS)
                    .as(name)
                    .anyMatch(request -> request.getDescriptorForType().findFieldByName(name) != null);
        }
    }

    private static Message changed(Message request, FieldDescriptor field) {
        var builder = request.toBuilder();
        var value = switch (field.getJavaType()) {
            case STRING -> "x";
            case INT -> 1;
            case LONG -> 1L;
            case FLOAT -> 1f;
            case DOUBLE -> 1d;
            case BOOLEAN -> true;
            case BYTE_STRING -> ByteString.copyFromUtf8("x");
            case ENUM -> field.getEnumType().getValues().get(1);
            case MESSAGE -> builder.newBuilderForField(field).build();
        };
        return field.isRepeated()
                ? builder.addRepeatedField(field, value).build()
                : builder.setField(field, value).build();
    }
}
