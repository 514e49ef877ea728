package dev.headlight.interp;

import dev.headlight.model.TooLarge;

/**
 * What one request may ask for.
 *
 * @param tokensPerInput positions of one input
 * @param inputs inputs of one request
 * @param responseBytes bytes of one answer's tensors, as they are written
 * @param runBytes bytes that the forward pass of one input may hold at once, beside the weights
 */
public record Limits(int tokensPerInput, int inputs, long responseBytes, long runBytes) {
    private static final long UNBOUNDED = Long.MAX_VALUE / 4; // sums of it stay below the largest long
    private static final long TIMES = 4;
    private static final String PREFIX = "headlight.limits.";

    /** For what is only played through: several times as many inputs and tokens, and any number of bytes. */
    public Limits lifted() {
        return new Limits(lifted(tokensPerInput), lifted(inputs), UNBOUNDED, UNBOUNDED);
    }

    private static int lifted(int count) {
        return (int) Math.min(Integer.MAX_VALUE, TIMES * count);
    }

    void requireTokens(String field, int tokens) {
        require(field, tokens, tokensPerInput, "tokens", "tokens-per-input");
    }

    void requireInputs(String field, int count) {
        require(field, count, inputs, "inputs", "inputs");
    }

    void requireRun(String field, long bytes) {
        require(field, bytes, runBytes, "bytes of activations", "run-bytes");
    }

    void requireResponse(String field, long bytes) {
        require(field, bytes, responseBytes, "bytes of the answer", "response-bytes");
    }

    private static void require(String field, long found, long limit, String unit, String property) {
        if (found > limit) {
            throw new TooLarge(field, found, limit, unit, PREFIX + property);
        }
    }
}
