package dev.headlight.interp.attribution;

import dev.headlight.interp.session.AnswerSize;
import dev.headlight.interp.session.Session;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.text.Encoded;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * The size of an attribution: the values that its runs keep, and its answer.
 *
 * @param edited how many hook points of the residual stream have interventions
 * @param topK how many components are listed
 */
record AttributionSize(Session session, Attribution.Query query, int edited, int topK) {
    private static final int BYTES_PER_COMPONENT = 100; // of JSON, approximately
    private static final int BYTES_PER_POSITION = 90;
    private static final int TENSORS = 9; // in every result

    /**
     * How many values the run keeps of an input.
     *
     * @param length how many tokens the input has
     * @param positions how many of its positions are read
     */
    long valuesHeld(int length, int positions) {
        ModelInfo info = session.model().info();
        long perPosition = 6L * info.dModel() + (query.neurons() ? 3L * info.dMlp() : 0);
        long perKey = query.bySource() ? 2L * info.nHeads() + (long) info.nKvHeads() * info.dHead() : 0;
        return info.nLayers() * (perPosition * positions + perKey * length);
    }

    /**
     * The size of the answer.
     *
     * @param positions maps the length of an input to how many positions are read
     */
    AnswerSize answer(List<Encoded> inputs, IntUnaryOperator positions) {
        ModelInfo info = session.model().info();
        AnswerSize size = session.answerSize().inputs(inputs);
        for (Encoded input : inputs) {
            long n = positions.applyAsInt(input.length());
            long perLayer = n * (info.nHeads() + 3);
            perLayer += query.bySource() ? (long) info.nHeads() * input.length() : 0;
            perLayer += query.neurons() ? n * (info.dMlp() + 1) : 0;
            int tensors = TENSORS + edited + (query.bySource() ? 1 : 0) + (query.neurons() ? 2 : 0);
            for (int i = 0; i < tensors; i++) {
                size.tensor();
            }
            size.values(info.nLayers() * perLayer + n * (4 + edited));
            size.text(n * BYTES_PER_POSITION + (query.neurons() ? 2L : 1L) * topK * BYTES_PER_COMPONENT);
        }
        return size;
    }
}
