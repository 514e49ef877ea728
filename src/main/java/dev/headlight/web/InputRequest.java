package dev.headlight.web;

import dev.headlight.interp.session.Input;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The fields of every request that gives a model inputs. */
public interface InputRequest {
    /** The id of the model; null for the default. */
    @Nullable
    String model();

    /** The inputs, one field of the request after the other. */
    List<Input> inputs();

    /** Whether a text gets the tokenizer's special tokens; null where the client left it out. */
    @Nullable
    Boolean addSpecialTokens();

    /** Whether a text gets the tokenizer's special tokens; true where the client left it out. */
    default boolean specialTokens() {
        return addSpecialTokens() == null || addSpecialTokens();
    }
}
