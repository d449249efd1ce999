package io.weighbridge.engine.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Mutations of binary files: bits, numbers that stand at borders, cuts, and pieces moved. */
final class Bytes {
    private static final long[] NASTY_NUMBERS = {
        0, 1, -1, 2, 31, 32, 255, 256, 1L << 31, (1L << 31) - 1, 1L << 32, 1L << 62, Long.MIN_VALUE, Long.MAX_VALUE
    };
    private static final byte[] JSON_CHARACTERS = "0123456789[]{},:\"-e\\".getBytes(StandardCharsets.US_ASCII);

    private Bytes() {}

    /** {@code good} with one to three changes, most of them among its first {@code headerBytes}. */
    static byte[] mutated(byte[] good, int headerBytes, RandomGenerator random) {
        var bytes = good.clone();
        for (int i = random.nextInt(1 + random.nextInt(3)); i >= 0; i--) {
            int among = random.nextInt(16) == 0 ? bytes.length : Math.min(headerBytes, bytes.length);
            bytes = changed(bytes, random.nextInt(among), random);
        }
        return bytes;
    }

    private static byte[] changed(byte[] bytes, int at, RandomGenerator random) {
        switch (random.nextInt(8)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2 -> number(bytes, at, NASTY_NUMBERS[random.nextInt(NASTY_NUMBERS.length)], Long.BYTES);
            case 3 -> number(bytes, at, NASTY_NUMBERS[random.nextInt(NASTY_NUMBERS.length)], Integer.BYTES);
            case 4 -> bytes[at] += (byte) (random.nextBoolean() ? 1 : -1);
            case 5 -> {
                return Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
            }
            case 6 -> {
                int length = random.nextInt(1 + bytes.length - at) / 4;
                System.arraycopy(bytes, random.nextInt(1 + bytes.length - length), bytes, at, length);
            }
            default -> bytes[at] = JSON_CHARACTERS[random.nextInt(JSON_CHARACTERS.length)];
        }
        return bytes;
    }

    private static void number(byte[] bytes, int at, long value, int size) {
        for (int i = 0; i < size && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >>> 8 * i);
        }
    }
}
