package dev.headlight.interp.session;

import dev.headlight.model.fault.TooLarge;

/**
 * Limits on one request.
 *
 * @param tokensPerInput the most tokens of one input
 * @param inputs the most inputs of one request
 * @param responseBytes the most bytes of one answer as it is sent
 * @param runBytes the most bytes that the forward pass of one input holds at once, excluding the weights
 */
public record Limits(int tokensPerInput, int inputs, long responseBytes, long runBytes) {
    private static final long UNBOUNDED = Long.MAX_VALUE / 4; // small enough for sums not to overflow
    private static final int DRY_RUN_FACTOR = 4;
    private static final String PREFIX = "headlight.limits.";

    /**
     * Limits of the dry run of a request that exceeds these limits: four times as many inputs and tokens, and no limit on
     * bytes.
     */
    public Limits forDryRun() {
        return new Limits(forDryRun(tokensPerInput), forDryRun(inputs), UNBOUNDED, UNBOUNDED);
    }

    private static int forDryRun(int count) {
        return (int) Math.min(Integer.MAX_VALUE, (long) DRY_RUN_FACTOR * count);
    }

    /**
     * Checks the number of tokens of one input.
     *
     * @param field the field of the request, for the message
     * @throws TooLarge if there are more than {@code tokensPerInput}
     */
    public void requireTokens(String field, long tokens) {
        requireTokens(field, tokens, true);
    }

    /**
     * Checks the number of tokens of a text.
     *
     * @param field the field of the request, for the message
     * @param exact whether this is their number; otherwise there may be more
     * @throws TooLarge if there are more than {@code tokensPerInput}
     */
    void requireTokens(String field, long tokens, boolean exact) {
        require(field, tokens, tokensPerInput, exact ? "tokens" : "tokens, at the least,", "tokens-per-input");
    }

    /**
     * Checks the number of inputs of a request.
     *
     * @param field the field of the request, for the message
     * @throws TooLarge if there are more than {@code inputs}
     */
    public void requireInputs(String field, int count) {
        require(field, count, inputs, "inputs", "inputs");
    }

    /**
     * Checks the memory of the forward pass of one input.
     *
     * @param field the field of the request, for the message
     * @throws TooLarge if there are more than {@code runBytes}
     */
    public void requireRun(String field, long bytes) {
        require(field, bytes, runBytes, "bytes of activations", "run-bytes");
    }

    /**
     * Checks the size of an answer.
     *
     * @param field the field of the request, for the message
     * @throws TooLarge if there are more than {@code responseBytes}
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
