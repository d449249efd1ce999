package io.weighbridge.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Sends requests to the gateway under test and reads answers as an OpenAI client does; each has to be what openai.yaml says. */
public final class Client {
    public static final String CHAT = "v1/chat/completions";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** A response with its body as text. */
    public record Reply(int status, HttpResponse<String> response, String body) {
        public JsonNode json() throws IOException {
            return JSON.readTree(body);
        }

        public JsonNode error() throws IOException {
            return json().path("error");
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    private final URI base;
    private final String key;

    public Client(URI base, String key) {
        this.base = base;
        this.key = key;
    }

    public Client with(String otherKey) {
        return new Client(base, otherKey);
    }

    public Reply chat(String body, String... headers) throws Exception {
        return post(CHAT, BodyPublishers.ofString(body), headers);
    }

    /** The body of a chat's response, readable while it comes. */
    public InputStream stream(String body) throws Exception {
        var sent = request(CHAT).POST(BodyPublishers.ofString(body)).build();
        return HTTP.send(sent, BodyHandlers.ofInputStream()).body();
    }

    public Reply post(String path, String body, String... headers) throws Exception {
        return post(path, BodyPublishers.ofString(body), headers);
    }

    public Reply post(String path, BodyPublisher body, String... headers) throws Exception {
        return send(request(path, headers).POST(body).build());
    }

    public Reply get(String path, String... headers) throws Exception {
        return send(request(path, headers).GET().build());
    }

    public HttpRequest.Builder request(String path, String... headers) {
        var request = HttpRequest.newBuilder(base.resolve(path));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request;
    }

    private static Reply send(HttpRequest request) throws Exception {
        var response = HTTP.send(request, BodyHandlers.ofString());
        var type = response.headers().firstValue("Content-Type").orElse("");
        OpenApi.check(request.uri().getRawPath().substring(1), response.statusCode(), type, response.body());
        return new Reply(response.statusCode(), response, response.body());
    }

    /** A chat request for {@code model} with one user message and {@code more} fields. */
    public static String ask(String model, String more) {
        return """
                {"model": "%s", "messages": [{"role": "user", "content": "What is the capital of France?"}]%s}""".formatted(model, more.isEmpty() ? "" : ", " + more);
    }
}
