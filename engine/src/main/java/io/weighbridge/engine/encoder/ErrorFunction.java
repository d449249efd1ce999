package io.weighbridge.engine.encoder;

/** The error function in double, accurate to about 1e-15: its power series near 0, its continued fraction beyond. */
final class ErrorFunction {
    private static final double SERIES_MAX = 2.5;
    private static final int FRACTION_TERMS = 60;

    private ErrorFunction() {}

    static double of(double x) {
        double size = Math.abs(x);
        return Math.copySign(size < SERIES_MAX ? series(size) : 1 - rest(size), x);
    }

    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-18 * sum; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    private static double rest(double x) {
        double fraction = x;
        for (int n = FRACTION_TERMS; n > 0; n--) {
            fraction = x + n / 2.0 / fraction;
        }
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
    }
}
