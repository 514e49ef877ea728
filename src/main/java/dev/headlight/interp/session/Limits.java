package dev.headlight.interp.session;

import dev.headlight.model.fault.TooLarge;

/**
 * Limits on one request.
 *
 * @param tokensPerInput the most tokens of one input
 * @param inputs the most inputs of one request
 * @param responseBytes the most bytes of one answer, in the form in which it is sent
 * @param runBytes the most bytes that the forward pass of one input holds at once, excluding the weights
 */
public record Limits(int tokensPerInput, int inputs, long responseBytes, long runBytes) {
    private static final long UNBOUNDED = Long.MAX_VALUE / 4; // small enough for sums not to overflow
    private static final long TIMES = 4;
    private static final String PREFIX = "headlight.limits.";

    /** Limits of a dry run: four times as many inputs and tokens, and no limit on bytes. */
    public Limits forDryRun() {
        return new Limits(forDryRun(tokensPerInput), forDryRun(inputs), UNBOUNDED, UNBOUNDED);
    }

    private static int forDryRun(int count) {
        return (int) Math.min(Integer.MAX_VALUE, TIMES * count);
    }

    /**
     * Checks a count against its limit.
     *
     * @param field of the request, for the message
     * @throws TooLarge if an input has too many tokens
     */
    public void requireTokens(String field, int tokens) {
        require(field, tokens, tokensPerInput, "tokens", "tokens-per-input");
    }

    /**
     * Checks a count against its limit.
     *
     * @param field of the request, for the message
     * @throws TooLarge if a request has too many inputs
     */
    public void requireInputs(String field, int count) {
        require(field, count, inputs, "inputs", "inputs");
    }

    /**
     * Checks a count against its limit.
     *
     * @param field of the request, for the message
     * @throws TooLarge if a forward pass would hold too many bytes
     */
    public void requireRun(String field, long bytes) {
        require(field, bytes, runBytes, "bytes of activations", "run-bytes");
    }

    /**
     * Checks a count against its limit.
     *
     * @param field of the request, for the message
     * @throws TooLarge if the answer would have too many bytes
     */
    void requireResponse(String field, long bytes) {
        require(field, bytes, responseBytes, "bytes of the answer", "response-bytes");
    }

    private static void require(String field, long found, long limit, String unit, String property) {
        if (found > limit) {
            throw new TooLarge(field, found, limit, unit, PREFIX + property);
        }
    }
}
