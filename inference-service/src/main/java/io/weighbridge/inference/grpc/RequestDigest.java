package io.weighbridge.inference.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The digest of what a request asks for: whoever sends it, under whatever id and however urgent, it is the same. */
final class RequestDigest {
    /** Fields that say who asks and how urgently; a kind of request need not have all. */
    private static final List<String> NOT_ASKED_FOR =
            List.of("request_id", "tenant", "priority", "queue_time_max_millis", "time_max_millis", "suspect");

    private RequestDigest() {}

    static String of(Message request) {
        var asked = request.toBuilder();
        for (var name : NOT_ASKED_FOR) {
            var field = request.getDescriptorForType().findFieldByName(name);
            if (field != null) {
                asked.clearField(field);
            }
        }
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            var output = CodedOutputStream.newInstance(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            // Maps have no order of their own.
            output.useDeterministicSerialization();
            asked.build().writeTo(output);
            output.flush();
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
