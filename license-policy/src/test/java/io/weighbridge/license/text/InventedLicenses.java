package io.weighbridge.license.text;

/** License texts written for these tests. They bind nobody. */
final class InventedLicenses {
    private InventedLicenses() {}

    /** A numbered agreement with a threshold, a prohibition and an attribution duty. */
    static final String HARBOR = """
            Harbor Model Agreement

            Copyright (c) 2024 Harbor Works Ltd.

            By loading the Harbor weights into a machine you accept what follows.

            1. Words used
               a. "Weights" means the numbers that Harbor Works publishes under the name Harbor.
               b. "Offspring" means:
                  i. weights made by training the Weights further;
                  ii. weights made by mixing them with others.
            2. What you may do
            You may run, change and pass on the Weights. The permission is worldwide and costs nothing.
            3. What you shall not do
            You shall not use the Weights to guide weapons. You shall not remove this agreement from a copy.
            4. Large operators
            If your products had more than 100,000,000 monthly users in the month before release, this
            agreement gives you nothing until Harbor Works signs a paper with you.
            5. Naming
            Put "Moored at Harbor" where your users see it.

            THE WEIGHTS COME AS THEY ARE. HARBOR WORKS ANSWERS FOR NOTHING.
            """;

    /** The sibling for another product: same name on the cards, another threshold. */
    static final String HARBOR_3D = HARBOR.replace("100,000,000", "1,000,000");

    /** A short permissive notice without numbering. */
    static final String PIER = """
            Pier License

            Copyright (c) 2023 Ada Example

            Anybody who has a copy of this model may use it, change it, share it and sell it, in whole or in part.

            Keep this notice and the line above in every copy of the model or of a large part of it.

            Nobody promises that the model works, and nobody who wrote it pays for harm that comes of using it.
            """;

    /** The same notice with one more sentence: the trap of a "modified" license. */
    static final String MODIFIED_PIER = PIER.replace("Pier License", "Modified Pier License")
            + "\nA product with more than 100 million monthly users shows the words \"Pier One\" on its first page.\n";

    /** An unrelated text. */
    static final String RECIPE = """
            Take two onions and cut them finely. Warm some oil in a heavy pan, add the onions and stir until they are
            golden. Add rice, stir again, then pour hot broth over it and wait until the rice has drunk it all.
            """;
}
