package dev.headlight.web;

/** Requests on the embedded model that Swagger UI offers; a test runs each. */
final class CircuitExamples {
    static final String HEADS = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "hook": "z", "over": ["layer", "head"], "exact": 3,
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""";

    static final String EDGES = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "over": ["sender", "receiver"], "method": "integrated_gradients", "steps": 5,
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""";

    static final String CIRCUIT = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""";

    static final String CIRCUIT_HALF = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "method": "eap", "direction": "denoising", "share": 0.5,
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""";

    private CircuitExamples() {}
}
