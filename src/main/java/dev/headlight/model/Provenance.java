package dev.headlight.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The model and software that produced an answer.
 *
 * @param model id of the model
 * @param weightsSha256 hash of the weight files; null until it has been computed in the background
 * @param dtype that the model computed in
 * @param device that the model computed on
 * @param engine library that computed it
 * @param version of the engine
 * @param specialTokens the special tokens (such as BOS) that the tokenizer added to the inputs; empty if it added none
 */
public record Provenance(
        String model,
        @Nullable String weightsSha256,
        String dtype,
        String device,
        String engine,
        String version,
        List<String> specialTokens) {}
