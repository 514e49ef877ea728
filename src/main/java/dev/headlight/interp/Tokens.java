package dev.headlight.interp;

import dev.headlight.model.Encoded;
import dev.headlight.model.Provenance;
import java.util.List;

/** How inputs become tokens. */
public final class Tokens {
    /** @param offsets in Unicode code points of the text, from..to (exclusive); [0, 0] for an added token; empty where ids were given */
    public record Result(List<Integer> tokenIds, List<String> tokens, List<String> rawTokens, List<int[]> offsets) {}

    public record Answer(String model, List<Result> results, Provenance provenance, List<String> warnings)
            implements Analysis {}

    private Tokens() {}

    public static Answer compute(Session session, List<Encoded> inputs) {
        List<Result> results = inputs.stream()
                .map(e -> new Result(Session.boxed(e.ids()), e.tokens(), e.rawTokens(), e.offsets()))
                .toList();
        return new Answer(session.model().id(), results, session.provenance(inputs), List.of());
    }
}
