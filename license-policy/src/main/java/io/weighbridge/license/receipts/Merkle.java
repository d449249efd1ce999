package io.weighbridge.license.receipts;

import java.util.ArrayList;
import java.util.List;

/** Merkle trees as in RFC 6962: the left subtree has the largest power of two of leaves that is less than all. */
final class Merkle {
    private Merkle() {}

    /** The root over {@code leaves}; of none, the hash of nothing. */
    static byte[] root(Sha256 sha256, List<byte[]> leaves) {
        return switch (leaves.size()) {
            case 0 -> sha256.plain(new byte[0]);
            case 1 -> leaves.getFirst();
            default -> {
                var left = left(leaves.size());
                yield sha256.node(
                        root(sha256, leaves.subList(0, left)), root(sha256, leaves.subList(left, leaves.size())));
            }
        };
    }

    /** The hashes beside the way from leaf {@code index} to the root, lowest first. */
    static List<byte[]> path(Sha256 sha256, List<byte[]> leaves, int index) {
        var path = new ArrayList<byte[]>();
        var part = leaves;
        var at = index;
        while (part.size() > 1) {
            var left = left(part.size());
            var lower = part.subList(0, left);
            var upper = part.subList(left, part.size());
            path.addFirst(root(sha256, at < left ? upper : lower));
            part = at < left ? lower : upper;
            at = at < left ? at : at - left;
        }
        return path;
    }

    /** The root that {@code leaf} at {@code index} of {@code size} leaves leads to along {@code path}. */
    static byte[] follow(Sha256 sha256, byte[] leaf, long index, long size, List<byte[]> path) {
        var rights = new ArrayList<Boolean>();
        var at = index;
        for (var rest = size; rest > 1; ) {
            var left = left(rest);
            rights.addFirst(at >= left);
            rest = at < left ? left : rest - left;
            at = at < left ? at : at - left;
        }
        if (rights.size() != path.size()) {
            throw new IllegalArgumentException(
                    "a path of %d hashes does not fit leaf %d of %d".formatted(path.size(), index, size));
        }
        var hash = leaf;
        for (int i = 0; i < path.size(); i++) {
            hash = rights.get(i) ? sha256.node(path.get(i), hash) : sha256.node(hash, path.get(i));
        }
        return hash;
    }

    private static int left(int size) {
        return Integer.highestOneBit(size - 1);
    }

    private static long left(long size) {
        return Long.highestOneBit(size - 1);
    }
}
