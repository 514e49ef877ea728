package dev.headlight.interp.circuits;

import dev.headlight.interp.session.Session;
import dev.headlight.model.text.Encoded;
import java.util.List;

/** The size of the answer of a circuit search. */
final class CircuitSize {
    private static final int BYTES_PER_EDGE = 90; // of JSON, approximately
    private static final int BYTES_WITHOUT_EDGES = 700;
    private static final int EDGES_PER_KEPT_EDGE = 5; // a guess

    private CircuitSize() {}

    /**
     * Checks the size before anything is run.
     *
     * @param most edges that the circuit may have
     * @param count edges of the model
     * @throws dev.headlight.model.fault.TooLarge if it is more than the limits allow
     */
    static void require(Session session, Encoded input, int most, int count) {
        long edges = Math.min(most, count / EDGES_PER_KEPT_EDGE);
        session.addAnswerSize(
                "edges_max",
                session.answerSize().inputs(List.of(input)).text(BYTES_WITHOUT_EDGES + BYTES_PER_EDGE * edges));
    }
}
