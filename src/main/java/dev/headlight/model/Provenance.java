package dev.headlight.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What made an answer.
 *
 * @param weightsSha256 of the weight files; null until it has been computed in the background
 * @param dtype what the model computed in
 * @param version the engine's
 * @param specialTokens the special tokens (such as BOS) that the tokenizer added to the inputs; empty where none were
 */
public record Provenance(
        String model,
        @Nullable String weightsSha256,
        String dtype,
        String device,
        String engine,
        String version,
        List<String> specialTokens) {}
