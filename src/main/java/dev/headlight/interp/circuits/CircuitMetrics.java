package dev.headlight.interp.circuits;

/**
 * The metric of the runs that a circuit is judged by.
 *
 * @param full with all edges
 * @param empty without any edge
 * @param circuit with the edges of the circuit alone
 * @param complement with all other edges alone
 */
record CircuitMetrics(double full, double empty, double circuit, double complement) {
    /** The share of the metric that the circuit keeps. */
    double faithfulness() {
        return (circuit - empty) / (full - empty);
    }

    /** The share of the metric that all other edges keep. */
    double completeness() {
        return (complement - empty) / (full - empty);
    }
}
