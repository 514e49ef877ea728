package dev.headlight.web;

import dev.headlight.interp.session.Input;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fields of every request that has inputs for a model. */
public interface InputRequest {
    /** Id of the model; null for the default model. */
    @Nullable
    String model();

    /** All inputs, in the order of the request's fields. */
    List<Input> inputs();

    /** Whether the tokenizer adds its special tokens to a text; null if the client did not choose. */
    @Nullable
    Boolean addSpecialTokens();

    /** Whether the tokenizer adds its special tokens to a text; true if the client did not choose. */
    default boolean specialTokens() {
        return addSpecialTokens() == null || addSpecialTokens();
    }
}
