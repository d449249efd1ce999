package io.weighbridge.engine.kernels;

/** The workers with scratch memory for each, and the loops over tokens and tiles that all parts of a decoder are made of. */
final class Crew implements AutoCloseable {
    /** Pieces of a product for each thread: enough that a thread that falls behind does not make others wait long. */
    private static final int TURNS_PER_THREAD = 8;

    private final Workers workers;
    private final Bench[] benches;
    private int loops; // begun so far

    /** One worker's scratch memory. */
    private static final class Bench {
        private final TileScratch scratch = new TileScratch();
        private final float[] tile = new float[Tokens.MAX * Lanes.TILE_ROWS];
        private final float[] otherTile = new float[Tokens.MAX * Lanes.TILE_ROWS];
        private final float[] spare = new float[Lanes.TILE_ROWS];
        private int lastLoop;
    }

    /** Takes {@code count} outputs of a token from {@code row} on; {@code part} says of which of the layers. */
    @FunctionalInterface
    interface Outputs {
        void accept(int part, int token, int row, int count, float[] results, int from);
    }

    Crew(Workers workers) {
        this.workers = workers;
        benches = new Bench[workers.count()];
        java.util.Arrays.setAll(benches, i -> new Bench());
    }

    Workers workers() {
        return workers;
    }

    void run(int count, Workers.Turn turn) {
        workers.run(count, turn);
    }

    /** Products of the first {@code count} rows with one or more layers. */
    void product(Rows inputs, int count, Outputs outputs, KernelLinear... linears) {
        int tiles = 0;
        for (var linear : linears) {
            tiles += linear.tiles();
        }
        forTiles(tiles, (index, worker) -> {
            int part = 0;
            int tile = index;
            while (tile >= linears[part].tiles()) {
                tile -= linears[part].tiles();
                part++;
            }
            var results = tile(linears[part], tile, inputs, 0, count, worker);
            int rows = linears[part].weight().rowsIn(tile);
            for (int token = 0; token < count; token++) {
                outputs.accept(part, token, tile * Lanes.TILE_ROWS, rows, results, token * Lanes.TILE_ROWS);
            }
        });
    }

    /** Runs {@code turn} for every tile, neighbors together. */
    void forTiles(int tiles, Workers.Turn turn) {
        loops++;
        int tilesPerTurn = Math.max(1, tiles / (workers.count() * TURNS_PER_THREAD));
        workers.run(Math.ceilDiv(tiles, tilesPerTurn), (index, worker) -> {
            int end = Math.min(tiles, (index + 1) * tilesPerTurn);
            for (int tile = index * tilesPerTurn; tile < end; tile++) {
                turn.run(tile, worker);
            }
        });
    }

    /** One tile's outputs for {@code count} rows from {@code from} on, in memory that the worker's next tile overwrites. */
    float[] tile(KernelLinear linear, int tile, Rows inputs, int from, int count, int worker) {
        var bench = benches[worker];
        if (count > 1 && bench.lastLoop != loops) {
            bench.lastLoop = loops;
            bench.scratch.fetched += inputs.fetch(from, count);
        }
        linear.tile(tile, inputs, from, count, bench.scratch, bench.tile);
        return bench.tile;
    }

    /** As {@link #tile}, in memory beside that. */
    float[] otherTile(KernelLinear linear, int tile, Rows inputs, int from, int count, int worker) {
        var bench = benches[worker];
        linear.tile(tile, inputs, from, count, bench.scratch, bench.otherTile);
        return bench.otherTile;
    }

    /** Room for one tile's outputs of one row. */
    float[] spare(int worker) {
        return benches[worker].spare;
    }

    @Override
    public void close() {
        workers.close();
    }
}
