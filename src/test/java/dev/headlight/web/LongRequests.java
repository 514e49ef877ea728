package dev.headlight.web;

import java.util.Collections;

/** Requests that the embedded model computes for a minute. */
final class LongRequests {
    private static final String INPUT = "[" + String.join(",", Collections.nCopies(128, "5")) + "]";

    private LongRequests() {}

    /** A sweep of causal tracing in many small batches. */
    static String sweep() {
        return "{\"input\":" + INPUT + ",\"noise\":{\"positions\":[4],\"samples\":20},\"hook\":\"resid_post\","
                + "\"over\":[\"layer\",\"position\"],\"metric\":{\"type\":\"logit\",\"answer\":7}}";
    }
}
