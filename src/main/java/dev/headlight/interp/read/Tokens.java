package dev.headlight.interp.read;

import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.session.Session;
import dev.headlight.model.Provenance;
import dev.headlight.model.text.Encoded;
import java.util.List;

/** Shows how inputs become tokens; nothing is run. */
public final class Tokens {
    /**
     * The tokens of one input.
     *
     * @param tokens for display; joined, they are the text
     * @param rawTokens as written in the vocabulary
     * @param offsets start and end (exclusive) in Unicode code points of the text; [0, 0] for an added token; empty if the
     *     input was given as ids
     */
    public record Result(List<Integer> tokenIds, List<String> tokens, List<String> rawTokens, List<int[]> offsets) {}

    /** The answer, one result per input. */
    public record Answer(String model, List<Result> results, Provenance provenance, List<String> warnings)
            implements AnalysisAnswer {}

    private Tokens() {}

    /** Lists the tokens of each input. */
    public static Answer compute(Session session, List<Encoded> inputs) {
        List<Result> results = inputs.stream()
                .map(e -> new Result(Session.boxed(e.ids()), e.tokens(), e.rawTokens(), e.offsets()))
                .toList();
        return new Answer(session.model().id(), results, session.provenance(inputs), List.of());
    }
}
