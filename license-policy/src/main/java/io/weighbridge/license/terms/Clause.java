package io.weighbridge.license.terms;

/**
 * One clause of a license as we recorded it.
 *
 * @param id unique within its terms, stable across versions: a verdict names it
 * @param section where the license says so
 * @param text what it says, in our own words
 */
public record Clause(String id, String section, String text, Confidence confidence, Provenance provenance)
        implements Comparable<Clause> {
    public Clause {
        if (id.isBlank() || section.isBlank() || text.isBlank()) {
            throw new IllegalArgumentException("a clause needs an id, a section and a text: '%s'".formatted(id));
        }
    }

    @Override
    public int compareTo(Clause other) {
        return id.compareTo(other.id);
    }
}
