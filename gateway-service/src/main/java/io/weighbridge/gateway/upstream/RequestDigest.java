package io.weighbridge.gateway.upstream;

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

/**
 * The digest of what a replica is asked for: of the kind of request, the tenant, the model that was chosen and all that decides the answer. The same request sent
 * again has the same. The gateway's own: replicas leave out the tenant, since it changes nothing for them, but here one tenant's request must not be a reason to
 * refuse another's.
 */
public final class RequestDigest {
    /** Fields that say which attempt it is and how urgent; a kind of request need not have all. */
    static final List<String> NOT_ASKED_FOR =
            List.of("request_id", "priority", "queue_time_max_millis", "time_max_millis", "suspect");

    private RequestDigest() {}

    /** Of {@code request} when {@code model} is to answer it, whichever the request names; 64 hexadecimal digits. */
    public static String of(Message request, String model) {
        var type = request.getDescriptorForType();
        var asked = request.toBuilder();
        for (var name : NOT_ASKED_FOR) {
            var field = type.findFieldByName(name);
            if (field != null) {
                asked.clearField(field);
            }
        }
        asked.setField(type.findFieldByName("model"), model);
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            var output = CodedOutputStream.newInstance(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            // Maps have no order of their own.
            output.useDeterministicSerialization();
            output.writeStringNoTag(type.getFullName());
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
