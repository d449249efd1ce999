package io.weighbridge.inference.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.ScoreRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The digest of what a request asks for: whoever sends it, under whatever id and however urgent, it is the same. */
final class RequestDigest {
    private RequestDigest() {}

    static String of(GenerateRequest request) {
        return of((Message) request.toBuilder()
                .clearRequestId()
                .clearTenant()
                .clearPriority()
                .clearQueueTimeMaxMillis()
                .clearTimeMaxMillis()
                .clearSuspect()
                .build());
    }

    static String of(EmbedRequest request) {
        return of((Message) request.toBuilder()
                .clearRequestId()
                .clearTenant()
                .clearPriority()
                .clearQueueTimeMaxMillis()
                .clearTimeMaxMillis()
                .clearSuspect()
                .build());
    }

    static String of(ScoreRequest request) {
        return of((Message) request.toBuilder()
                .clearRequestId()
                .clearTenant()
                .clearPriority()
                .clearQueueTimeMaxMillis()
                .clearTimeMaxMillis()
                .clearSuspect()
                .build());
    }

    static String of(Message message) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            var output = CodedOutputStream.newInstance(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            // Maps have no order of their own.
            output.useDeterministicSerialization();
            message.writeTo(output);
            output.flush();
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
