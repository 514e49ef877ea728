package dev.headlight.web;

/** Requests on the embedded model that Swagger UI offers; a test runs each. */
final class Examples {
    static final String TOKENIZE = """
            {"input": "When Mary and John went to the store"}""";

    static final String ATTENTION_ALL = """
            {"input": "When Mary and John went to the store , John gave a drink to"}""";

    static final String ATTENTION_HEAD = """
            {"input": "When Mary and John went to the store , John gave a drink to", "layers": [3], "heads": [0]}""";

    static final String ATTENTION_MEAN = """
            {"model": "micro", "input": [[5, 6, 7], [8, 9]], "average_heads": true, "encoding": "base64"}""";

    static final String ATTENTION_VERIFIED = """
            {"input": "The capital of France is", "layers": [3], "heads": [0], "verify": true}""";

    static final String ACTIVATIONS_STREAM = """
            {"input": "The capital of France is", "hooks": ["blocks.*.hook_resid_post"], "positions": [-1]}""";

    static final String ACTIVATIONS_TWO = """
            {"input": ["The capital of France is", "The capital city of Italy is called"],
             "hooks": ["logits", "blocks.2.attn.hook_z"], "positions": [-1], "encoding": "base64"}""";

    static final String TOP_MEAN = """
            {"input": "When Mary and John went to the store , John gave a drink to", "layer": 2}""";

    static final String TOP_PEAK = """
            {"input": ["The capital of France is", "The keys near the box"],
             "layer": 3, "hook": "mlp_post", "k": 5, "reduce": "max"}""";

    static final String ZERO_HEADS = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "interventions": [
               {"hook": "z", "layer": 0, "heads": [3], "action": {"type": "zero"}},
               {"hook": "z", "layer": 3, "heads": [0], "action": {"type": "zero"}}],
             "answer": " Mary", "foil": " John"}""";

    static final String PATCH = """
            {"input": "The capital of France is",
             "interventions": [{"hook": "resid_post", "layer": 0, "positions": [4],
               "action": {"type": "patch", "source": "The capital of Italy is"}}],
             "answer": " Rome", "foil": " Paris", "top_k": 5}""";

    static final String ZERO_NEURON = """
            {"input": "The keys near the box",
             "interventions": [{"hook": "resid_post", "layer": 0, "neurons": [42], "action": {"type": "zero"}}],
             "capture": ["blocks.0.hook_resid_post"], "encoding": "base64"}""";

    static final String DIRECT = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "interventions": [
               {"hook": "z", "layer": 0, "heads": [3], "action": {"type": "zero"}},
               {"hook": "pattern", "layer": 3, "heads": [0], "action": {"type": "freeze"}}],
             "answer": " Mary", "foil": " John"}""";

    static final String RESAMPLE = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "interventions": [{"hook": "z", "layer": 0, "heads": [3], "action": {"type": "resample", "seed": 7}}],
             "answer": " Mary", "foil": " John"}""";
    static final String LENS = """
            {"input": "The capital of France is", "top_k": 3, "targets": [" Paris", " Rome"]}""";

    static final String LENS_LOGITS = """
            {"input": "The capital of France is", "hook": "mlp_out", "layers": [1, 2], "positions": [-1],
             "normalise": false, "return_logits": true, "encoding": "base64"}""";

    static final String LENS_ABLATED = """
            {"input": "When Mary and John went to the store , John gave a drink to", "positions": [-1], "top_k": 2,
             "interventions": [{"hook": "z", "layer": 3, "heads": [0], "action": {"type": "zero"}}]}""";

    static final String ATTRIBUTION_NAME = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""";

    static final String ATTRIBUTION_SOURCES = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}, "by_source": true,
             "interventions": [{"hook": "pattern", "layer": 0, "heads": [3], "action": {"type": "zero"}}]}""";

    static final String ATTRIBUTION_NEURONS = """
            {"input": "The capital of France is", "metric": {"type": "logit", "answer": " Paris"},
             "positions": [-2, -1], "neurons": true, "top_k": 5, "encoding": "base64"}""";

    static final String CIRCUIT_OV = """
            {"input": " Mary John Paris", "add_special_tokens": false, "layer": 3, "head": 0, "circuit": "ov", "top_k": 5}""";

    static final String CIRCUIT_QK = """
            {"input": " Mary John Paris", "add_special_tokens": false, "layer": 3, "head": 0, "circuit": "qk", "top_k": 5}""";
    static final String HEADS_INDUCTION = """
            {"scores": ["induction", "previous_token"], "sequence_length": 25, "top_k": 3}""";

    static final String HEADS_NAME = """
            {"input": "When Mary and John went to the store , John gave a drink to", "answer": " Mary", "foil": " John",
             "top_k": 3, "encoding": "base64"}""";
    static final String PATCHING_RESIDUAL = """
            {"clean": "The capital of France is", "corrupted": "The capital of Italy is",
             "hook": "resid_post", "over": ["layer", "position"],
             "metric": {"type": "logit_difference", "answer": " Paris", "foil": " Rome"}}""";

    static final String PATCHING_ABLATION = """
            {"input": "When Mary and John went to the store , John gave a drink to",
             "ablation": "mean", "hook": "z", "over": ["layer", "head"],
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""";

    static final String PATCHING_TRACING = """
            {"input": "The capital of France is", "noise": {"positions": [4], "samples": 4, "seed": 0},
             "hook": "mlp_out", "over": ["layer", "position"], "window": 3,
             "metric": {"type": "log_probability", "answer": " Paris"}}""";

    static final String PATCHING_PATHS = """
            {"clean": "When Mary and John went to the store , John gave a drink to",
             "corrupted": "When Mary and John went to the store , Mary gave a drink to",
             "hook": "z", "over": ["layer", "head"], "receivers": [{"hook": "resid_post", "layer": 3}],
             "metric": {"type": "logit_difference", "answer": " Mary", "foil": " John"}}""";

    static final String HUB = """
            {"repo": "openai-community/gpt2", "revision": "main"}""";

    private Examples() {}
}
