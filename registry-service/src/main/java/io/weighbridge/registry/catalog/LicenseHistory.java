package io.weighbridge.registry.catalog;

import io.weighbridge.registry.catalog.Author.Source;
import io.weighbridge.registry.catalog.LicenseChange.Concluded;
import io.weighbridge.registry.catalog.LicenseChange.Declared;
import io.weighbridge.registry.catalog.LicenseChange.Detected;
import io.weighbridge.registry.catalog.LicenseChange.MadeFrom;
import io.weighbridge.registry.catalog.LicenseChange.Withdrawn;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that is and was known about the license of one model, oldest first. The present state is read off the history, so the two
 * cannot disagree. Immutable.
 */
public record LicenseHistory(List<Entry> entries) {
    /** Most changes of one model: enough for decades of reviews, few enough to be read with every snapshot. */
    public static final int ENTRIES_MAX = 1_000;

    public LicenseHistory {
        entries = List.copyOf(entries);
    }

    /** No change yet. */
    public static final LicenseHistory EMPTY = new LicenseHistory(List.of());

    /**
     * A change with its place in the history.
     *
     * @param version counts up from 1; numbers can be missing
     */
    public record Entry(int version, Instant at, Author author, LicenseChange change) {
        public Entry {
            at = at.truncatedTo(ChronoUnit.MILLIS);
        }
    }

    /** The number of the last change; 0 before the first. */
    public int version() {
        return entries.isEmpty() ? 0 : entries.getLast().version();
    }

    /** @throws FullException when no more changes are kept */
    public LicenseHistory with(LicenseChange change, Author author, Instant at) {
        if (entries.size() >= ENTRIES_MAX) {
            throw new FullException();
        }
        var next = new ArrayList<>(entries);
        next.add(new Entry(version() + 1, at, author, change));
        return new LicenseHistory(next);
    }

    /** The history as it was when {@code version} was the last change. */
    public LicenseHistory until(int version) {
        return new LicenseHistory(
                entries.stream().filter(entry -> entry.version() <= version).toList());
    }

    public Declaration declared() {
        var last = last(Declared.class, null);
        return last == null ? Declaration.of("unknown") : ((Declared) last.change()).declaration();
    }

    public Detection detected() {
        var last = last(Detected.class, null);
        return last == null ? Detection.NONE : ((Detected) last.change()).detection();
    }

    /** The conclusion that stands, with its author and time, or null. */
    public @Nullable Entry conclusion() {
        for (var entry : entries.reversed()) {
            if (entry.change() instanceof Withdrawn) {
                return null;
            }
            if (entry.change() instanceof Concluded) {
                return entry;
            }
        }
        return null;
    }

    /** The conclusion that stands, or null. */
    public @Nullable Concluded concluded() {
        var entry = conclusion();
        return entry == null ? null : (Concluded) entry.change();
    }

    public List<Origin> madeFrom() {
        var last = last(MadeFrom.class, null);
        return last == null ? List.of() : ((MadeFrom) last.change()).origins();
    }

    /**
     * The changes that publishing {@code entry} from a catalog file brings. What the file said before brings nothing again, so
     * that a restart does not undo what was said through the API since; and a file never replaces a person's conclusion.
     */
    private List<LicenseChange> broughtBy(CatalogEntry entry) {
        var changes = new ArrayList<LicenseChange>();
        var declaredBefore = last(Declared.class, Source.CATALOG);
        var declared = new Declared(entry.declared());
        if (declaredBefore == null || !declaredBefore.change().equals(declared)) {
            changes.add(declared);
        }
        var originsBefore = last(MadeFrom.class, Source.CATALOG);
        var saidBefore = originsBefore == null ? new MadeFrom(List.of()) : originsBefore.change();
        var origins = new MadeFrom(entry.madeFrom());
        if (!saidBefore.equals(origins)) {
            changes.add(origins);
        }
        var standing = conclusion();
        var conclusion = entry.concluded();
        if (standing != null && standing.author().source() != Source.CATALOG) {
            return changes;
        }
        if (conclusion == null) {
            if (standing != null) {
                changes.add(new Withdrawn("the catalog file no longer concludes a license"));
            }
        } else if (standing == null
                || changes.contains(declared)
                || !standing.author().name().equals(conclusion.reviewer())
                || !sameDecision((Concluded) standing.change(), conclusion)) {
            changes.add(new Concluded(conclusion.license(), conclusion.reason(), null));
        }
        return changes;
    }

    private static boolean sameDecision(Concluded standing, CatalogEntry.Conclusion conclusion) {
        return standing.license().equals(conclusion.license())
                && standing.reason().equals(conclusion.reason());
    }

    private @Nullable Entry last(Class<? extends LicenseChange> kind, @Nullable Source source) {
        return entries.reversed().stream()
                .filter(entry -> kind.isInstance(entry.change()))
                .filter(entry -> source == null || entry.author().source() == source)
                .findFirst()
                .orElse(null);
    }

    /** This history after the publication of {@code entry} from a catalog file. */
    public LicenseHistory published(CatalogEntry entry, Instant at) {
        var next = this;
        for (var change : broughtBy(entry)) {
            var author = change instanceof Concluded
                    ? Objects.requireNonNull(entry.concluded()).reviewer()
                    : "catalog";
            next = next.with(change, Author.catalog(author), at);
        }
        return next;
    }

    /** This history after the files have been read: unchanged when they say what they said before. */
    public LicenseHistory detecting(Detection detection, Author author, Instant at) {
        return detection.equals(detected()) ? this : with(new Detected(detection), author, at);
    }

    /** The history that the registration of {@code entry} begins. */
    public static LicenseHistory registered(CatalogEntry entry, Author author, Instant at) {
        var first = EMPTY.with(new Declared(entry.declared()), author, at);
        return entry.madeFrom().isEmpty() ? first : first.with(new MadeFrom(entry.madeFrom()), author, at);
    }

    /** {@code published} with what this history says now. */
    public CatalogEntry entry(CatalogEntry published) {
        var standing = conclusion();
        var decision = concluded();
        return new CatalogEntry(
                published.id(),
                published.description(),
                declared(),
                standing == null || decision == null
                        ? null
                        : new CatalogEntry.Conclusion(
                                decision.license(), standing.author().name(), decision.reason()),
                published.traits(),
                madeFrom(),
                published.files());
    }

    /** The history has {@link #ENTRIES_MAX} entries. */
    public static final class FullException extends RuntimeException {
        private static final long serialVersionUID = 1;

        FullException() {
            super("the license history has %d entries, no more are kept: register the model under another name"
                    .formatted(ENTRIES_MAX));
        }
    }
}
