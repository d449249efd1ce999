package io.weighbridge.license.openness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All recorded models by id and alias, and the lists of open licenses. Immutable. */
public final class OpennessCatalog {
    private static final String FOLDER = "/openness/";

    /** Most files in a folder of evidence. */
    public static final int FOLDER_FILES_MAX = 1_000;

    private final List<ModelEvidence> all;
    private final Map<String, ModelEvidence> byId;
    private final OpenLicenses licenses;

    public OpennessCatalog(Collection<ModelEvidence> all, OpenLicenses licenses) {
        this.all = List.copyOf(all);
        this.licenses = licenses;
        var index = new HashMap<String, ModelEvidence>();
        for (var model : this.all) {
            put(index, model.id(), model);
            model.aliases().forEach(alias -> put(index, alias, model));
        }
        this.byId = Map.copyOf(index);
    }

    /** What comes with this module: the files that {@code openness/index.yaml} names. */
    public static OpennessCatalog shipped() {
        var models = new ArrayList<ModelEvidence>();
        for (var file : YamlTree.read(resource("index.yaml")).texts("files", Integer.MAX_VALUE)) {
            models.add(EvidenceFormat.read(file, resource(file)));
        }
        return new OpennessCatalog(models, shippedLicenses());
    }

    /**
     * What comes with this module and the {@code *.yaml} files of a folder, in either format. A record of the folder wins
     * over a shipped one that answers to the same id. No folder is an empty one.
     */
    public static OpennessCatalog shippedAnd(Path folder) {
        var own = new OpennessCatalog(records(folder), shippedLicenses());
        var models = new ArrayList<>(own.all);
        for (var shipped : shipped().all) {
            if (Stream.concat(Stream.of(shipped.id()), shipped.aliases().stream())
                    .allMatch(id -> own.find(id) == null)) {
                models.add(shipped);
            }
        }
        return new OpennessCatalog(models, own.licenses);
    }

    private static List<ModelEvidence> records(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var listing = Files.list(folder)) {
            var files = listing.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
            if (files.size() > FOLDER_FILES_MAX) {
                throw new IllegalArgumentException("%s holds %d evidence files, the limit is %d"
                        .formatted(folder, files.size(), FOLDER_FILES_MAX));
            }
            var records = new ArrayList<ModelEvidence>();
            for (var file : files) {
                records.add(EvidenceFormat.readEither(file));
            }
            return records;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** The license lists that come with this module. */
    public static OpenLicenses shippedLicenses() {
        var lists = YamlTree.read(resource("licenses.yaml"));
        lists.known("spdxListVersion", "software", "data", "document", "any");
        var max = Integer.MAX_VALUE;
        return new OpenLicenses(
                lists.texts("software", max),
                lists.texts("data", max),
                lists.texts("document", max),
                lists.texts("any", max));
    }

    /** The record of a model, by its id in any case, or null when nothing is recorded. */
    public @Nullable ModelEvidence find(String id) {
        return byId.get(id.toLowerCase(Locale.ROOT));
    }

    public List<ModelEvidence> all() {
        return all;
    }

    public OpenLicenses licenses() {
        return licenses;
    }

    public OpennessReport report(ModelEvidence model) {
        return OpennessReport.of(model, licenses, null);
    }

    private static void put(Map<String, ModelEvidence> index, String id, ModelEvidence model) {
        if (index.put(id.toLowerCase(Locale.ROOT), model) != null) {
            throw new IllegalArgumentException("two records speak for " + id);
        }
    }

    private static byte[] resource(String file) {
        try (var in = OpennessCatalog.class.getResourceAsStream(FOLDER + file)) {
            if (in == null) {
                throw new IllegalStateException("resource %s%s is missing".formatted(FOLDER, file));
            }
            return in.readAllBytes();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
