package dev.headlight.interp.read;

import java.util.Arrays;

/** Statistics of each neuron over all tokens of all inputs: its reduced value, and the token at which it peaks. */
final class NeuronStatistics {
    private final TopNeurons.Reduce reduce;
    private final int width;
    private final double[] total;
    private final float[] best; // the score of the peak, see score()
    private final float[] peak;
    private final int[] peakInput;
    private final int[] peakPosition;
    private long tokens;

    /** Statistics of {@code width} neurons over no tokens yet. */
    NeuronStatistics(TopNeurons.Reduce reduce, int width) {
        this.reduce = reduce;
        this.width = width;
        this.total = new double[width];
        this.best = new float[width];
        this.peak = new float[width];
        this.peakInput = new int[width];
        this.peakPosition = new int[width];
        Arrays.fill(best, Float.NEGATIVE_INFINITY);
    }

    /**
     * Adds the tokens of one input.
     *
     * @param input its index in the request; inputs may come in any order
     * @param values [position, neuron]
     */
    void add(int input, float[] values) {
        for (int i = 0; i < values.length; i++) {
            int neuron = i % width;
            float value = values[i];
            total[neuron] += reduce == TopNeurons.Reduce.MEAN_ABS ? Math.abs(value) : value;
            float score = score(value);
            boolean earlier = score == best[neuron] && input < peakInput[neuron]; // ties go to the first input
            if (score > best[neuron] || earlier) {
                best[neuron] = score;
                peak[neuron] = value;
                peakInput[neuron] = input;
                peakPosition[neuron] = i / width;
            }
        }
        tokens += values.length / width;
    }

    private float score(float value) {
        return switch (reduce) {
            case MEAN, MAX -> value;
            case MIN -> -value;
            case MEAN_ABS -> Math.abs(value);
        };
    }

    /** The reduced value of each neuron {@code [neuron]}. */
    double[] reduced() {
        double[] reduced = new double[width];
        for (int n = 0; n < width; n++) {
            reduced[n] = switch (reduce) {
                case MEAN, MEAN_ABS -> total[n] / tokens;
                case MAX -> best[n];
                case MIN -> -best[n];
            };
        }
        return reduced;
    }

    /** The value of a neuron at its peak. */
    float peak(int neuron) {
        return peak[neuron];
    }

    /** The index of the input with a neuron's peak. */
    int peakInput(int neuron) {
        return peakInput[neuron];
    }

    /** The position of a neuron's peak in that input. */
    int peakPosition(int neuron) {
        return peakPosition[neuron];
    }
}
