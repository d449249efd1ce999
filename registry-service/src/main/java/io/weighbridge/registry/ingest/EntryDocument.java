package io.weighbridge.registry.ingest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.LineageJson;
import io.weighbridge.license.policy.Traits;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Digest;
import io.weighbridge.registry.catalog.ModelRef;
import io.weighbridge.registry.catalog.Origin;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is published about a model, from a catalog file or the body of a registration.
 *
 * <pre>
 *   entry   := {id, description, license, multimodal: true | false, released: 'YYYY-MM', madeFrom: [origin], files: [file]}
 *   license := {declared, name, link, concluded, reviewer, reason}     only declared must be there
 *   origin  := {model, relation}     relation: fine-tune | adapter | merge | quantization | distilled-from-output
 *   file    := {path, sizeBytes, digest, sources: [source]}
 * </pre>
 *
 * A key that is not in this grammar is an error, so that a typing mistake cannot drop an ancestor.
 */
public final class EntryDocument {
    private static final ObjectMapper YAML = strict(new ObjectMapper(new YAMLFactory()));
    private static final ObjectMapper JSON = strict(new ObjectMapper());

    private EntryDocument() {}

    private record EntryText(
            @Nullable String id,
            @Nullable String description,
            @Nullable LicenseText license,
            @Nullable Boolean multimodal,
            @Nullable String released,
            @Nullable List<JsonNode> madeFrom,
            @Nullable List<@Nullable FileText> files) {}

    private record LicenseText(
            @Nullable String declared,
            @Nullable String name,
            @Nullable String link,
            @Nullable String concluded,
            @Nullable String reviewer,
            @Nullable String reason) {}

    private record FileText(
            @Nullable String path,
            @Nullable Long sizeBytes,
            @Nullable String digest,
            @Nullable List<@Nullable String> sources) {}

    /** @throws IllegalArgumentException saying what is wrong in it */
    static CatalogEntry yaml(byte[] text) throws IOException {
        return entry(YAML.readValue(text, EntryText.class));
    }

    /** @throws IllegalArgumentException saying what is wrong in it */
    public static CatalogEntry json(byte[] text) {
        try {
            return entry(JSON.readValue(text, EntryText.class));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static CatalogEntry entry(@Nullable EntryText text) {
        if (text == null
                || text.id() == null
                || text.license() == null
                || text.license().declared() == null) {
            throw new IllegalArgumentException("id and license.declared are needed");
        }
        var id = ModelRef.parse(text.id());
        var license = text.license();
        return new CatalogEntry(
                id,
                text.description() == null ? "" : text.description().strip(),
                new Declaration(Objects.requireNonNull(license.declared()), license.name(), license.link()),
                conclusion(license),
                new Traits(
                        text.multimodal() == null ? Answer.UNKNOWN : Answer.of(text.multimodal()),
                        released(text.released())),
                origins(id, text.madeFrom()),
                files(text.files()));
    }

    private static CatalogEntry.@Nullable Conclusion conclusion(LicenseText license) {
        if (license.concluded() == null) {
            if (license.reviewer() != null || license.reason() != null) {
                throw new IllegalArgumentException("license.reviewer and license.reason belong to license.concluded");
            }
            return null;
        }
        var silent = CatalogEntry.Conclusion.of(license.concluded());
        return new CatalogEntry.Conclusion(
                license.concluded(),
                license.reviewer() == null ? silent.reviewer() : license.reviewer(),
                license.reason() == null ? silent.reason() : license.reason());
    }

    private static @Nullable YearMonth released(@Nullable String text) {
        try {
            return text == null ? null : YearMonth.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "released must be a month such as '2024-04', not '%s'".formatted(text), e);
        }
    }

    private static List<Origin> origins(ModelRef id, @Nullable List<JsonNode> texts) {
        var origins = new ArrayList<Origin>();
        for (var text : texts == null ? List.<JsonNode>of() : texts) {
            origins.add(origin(id, text));
        }
        return origins;
    }

    /** One entry of {@code madeFrom} of the model {@code id}. */
    public static Origin origin(ModelRef id, JsonNode text) {
        var origin = LineageJson.origin(id.toString(), text);
        return new Origin(ModelRef.parse(origin.model()), origin.relation());
    }

    private static List<CatalogEntry.PinnedFile> files(@Nullable List<@Nullable FileText> texts) {
        var files = new ArrayList<CatalogEntry.PinnedFile>();
        for (var text : texts == null ? List.<@Nullable FileText>of() : texts) {
            var sources = text == null ? null : text.sources();
            if (text == null
                    || text.path() == null
                    || text.sizeBytes() == null
                    || text.digest() == null
                    || sources == null) {
                throw new IllegalArgumentException("a file needs path, sizeBytes, digest and sources");
            }
            var named = sources.stream().map(Objects::toString).toList();
            named.forEach(SourceRef::parse);
            files.add(new CatalogEntry.PinnedFile(
                    new CheckpointFile(text.path(), text.sizeBytes(), Digest.parse(text.digest())), named));
        }
        return files;
    }

    private static ObjectMapper strict(ObjectMapper mapper) {
        return mapper.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }
}
