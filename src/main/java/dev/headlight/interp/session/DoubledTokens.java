package dev.headlight.interp.session;

import dev.headlight.model.text.Encoded;
import dev.headlight.model.text.ModelText;
import java.util.ArrayList;
import java.util.List;

/** Warns of special tokens, such as BOS, that a text holds already and gets a second time. */
final class DoubledTokens {
    private DoubledTokens() {}

    /**
     * The warnings for one input.
     *
     * @param field path of the input in the request
     */
    static List<String> warnings(String field, Encoded input, ModelText text) {
        List<String> warnings = new ArrayList<>();
        int last = input.length() - 1;
        if (last > 0 && isDoubled(input, 0, 1, text)) {
            warnings.add(warning(field, "begins", input, 0));
        }
        if (last > 1 && isDoubled(input, last, last - 1, text)) {
            warnings.add(warning(field, "ends", input, last));
        }
        return warnings;
    }

    /** Whether one of two equal tokens was added by the tokenizer, or both are special tokens of a chat template. */
    private static boolean isDoubled(Encoded input, int at, int next, ModelText text) {
        return input.ids()[at] == input.ids()[next]
                && (input.specialTokens().contains(input.rawTokens().get(at))
                        || (input.rendered() != null && text.isAdded(input.ids()[at])));
    }

    private static String warning(String field, String where, Encoded input, int at) {
        String token = input.rawTokens().get(at);
        return field + " " + where + " with " + token + " twice: "
                + (input.rendered() == null
                        ? "the text holds it, and the tokenizer adds another. Leave it out of the text, or set"
                                + " add_special_tokens to false."
                        : "the chat template writes it, and the conversation holds it or the template repeats it.");
    }
}
