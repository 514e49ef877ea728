package dev.headlight.web;

/** Descriptions that several requests share. */
final class Docs {
    static final String MODEL = "Id of a model, from `GET /models`; the default model where absent.";
    static final String ENCODING = "How tensors stand in JSON: `nested` arrays, or `base64` of little-endian float32.";
    static final String SPECIAL_TOKENS =
            "Whether texts get the tokenizer's own special tokens, such as BOS; those of a conversation are its template's.";
    static final String VERIFY =
            "Whether what must hold of every run is measured on this very request, and answered in `verification`. "
                    + "It takes several more forward passes; JSON and safetensors only.";
    static final String COMPARE_TO =
            "A model of the same shape, such as a fine-tune, that is asked the same, on the same tokens: `comparison` has its "
                    + "answer, and the difference of all tensors, its own minus those of `model`. A picture draws the difference.";
    static final String DRY_RUN =
            "Whether the request is not run, and `Estimate` answered in its place: what it would take, and whether it fits. "
                    + "The answer is JSON, which must be accepted; `response_bytes` are those of the form accepted most gladly.";
    static final String HOOK =
            "A hook point: short with `layer` (`resid_post`), or in full (`blocks.3.hook_resid_post`).";

    static final String INTERVENTIONS = "Applied in every run of the analysis, in the order given at one hook point.";

    static final String CLEAN = "One input; with `corrupted`, which has as many tokens.";
    static final String CORRUPTED = "One input; by default it gets the values of `clean`.";
    static final String PATCHED = "Short name of a hook point that the layers have.";
    static final String OVER =
            "The axes of the grid: layer and position, layer and head, head and position (of one layer), or layer and neuron. "
                    + "What is no axis is patched whole, within the lists below.";
    static final String LAYERS = "Those of the grid; all that have the hook point where absent.";
    static final String POSITIONS =
            "Those that are patched, negative from the end; query rows of attention hooks; all where absent.";
    static final String HEADS = "Those that are patched (kv heads of `k` and `v`); all where absent.";
    static final String NEURONS = "Indices on the hook's last axis that are patched; all where absent.";
    static final String DIRECTION =
            "`denoising` puts clean values into the corrupted run, `noising` corrupted ones into the clean run.";
    static final String ABLATION =
            "What takes the place of a value of `input`: `zero`, its `mean` over the positions, or that of another position (`resample`).";

    static final String SLOPE =
            "Where gradients are taken: `gradient`, in the run patched into; or `integrated_gradients`, in several runs whose embeddings lie on the line between the two, and averaged.";
    static final String STEPS = "How many runs the gradients are averaged over, the last of them the one patched into.";

    private Docs() {}
}
