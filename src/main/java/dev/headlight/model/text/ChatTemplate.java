package dev.headlight.model.text;

import com.google.gson.JsonElement;
import dev.headlight.jinja.None;
import dev.headlight.jinja.Raised;
import dev.headlight.jinja.Template;
import dev.headlight.jinja.TemplateFault;
import dev.headlight.jinja.Text;
import dev.headlight.model.fault.BadSelection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Jinja template that turns a conversation into the text that a model was trained on, rendered as Transformers
 * renders it. It is looked up in the same places: {@code chat_template.jinja}, then the key {@code chat_template} in
 * {@code tokenizer_config.json} (if there are several, the one named {@code default}), then {@code chat_template.json}.
 *
 * @see <a href="https://huggingface.co/docs/transformers/chat_templating">Transformers, chat templates</a>
 */
final class ChatTemplate {
    private static final int LONGEST = 1 << 20; // bytes of a template file
    private static final String CONTINUE = "CONTINUE_FINAL_MESSAGE_TAG";

    private final @Nullable Template template;
    private final Map<String, Object> specialTokens;
    private final String fault; // the reason if there is no template

    /** Never fails, because a model works without its template: {@link #render} reports the fault. */
    ChatTemplate(Path folder) {
        Template parsed = null;
        Map<String, Object> tokens = Map.of();
        String why = "has no chat template: give text or token ids";
        try {
            TokenizerFiles files = new TokenizerFiles(folder);
            tokens = files.specialTokens();
            String source = source(folder, files);
            parsed = source == null ? null : new Template(source);
        } catch (TemplateFault e) {
            why = "has a chat template that cannot be used: " + e.getMessage();
        } catch (IOException
                | RuntimeException
                | StackOverflowError e) { // JSON of another structure, or nested too deeply
            why = "has a chat template that cannot be read: " + e.getMessage();
        }
        this.template = parsed;
        this.specialTokens = tokens;
        this.fault = why;
    }

    private static @Nullable String source(Path folder, TokenizerFiles files) throws IOException {
        Path file = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(file)) {
            if (Files.size(file) > LONGEST) {
                throw new IOException("chat_template.jinja is longer than " + LONGEST + " bytes");
            }
            return Files.readString(file);
        }
        JsonElement found = files.chatTemplate();
        if (found == null) {
            return null;
        } else if (!found.isJsonArray()) {
            return found.getAsString();
        }
        for (JsonElement named : found.getAsJsonArray()) {
            if (named.getAsJsonObject().get("name").getAsString().equals("default")) {
                return named.getAsJsonObject().get("template").getAsString();
            }
        }
        throw new IOException("there are several, and none of them is named 'default'");
    }

    /**
     * The text of a conversation, with all special tokens.
     *
     * @param field path of the conversation in the request
     * @param model id of the model, for messages
     * @param now the current time that the template sees
     * @throws BadSelection if there is no template, or if it does not render this conversation
     */
    String render(String field, String model, Conversation conversation, LocalDateTime now) {
        if (template == null) {
            throw new BadSelection(field, "is a conversation, but model " + model + " " + fault);
        }
        boolean continues = conversation.ending() == Conversation.Ending.CONTINUES;
        try {
            String text = template.render(variables(conversation, continues), now);
            return continues ? cut(field, text, conversation) : text;
        } catch (Raised e) {
            throw new BadSelection(field + ".messages", "are refused by the model's chat template: " + e.getMessage());
        } catch (TemplateFault e) {
            throw new BadSelection(
                    field + ".messages", "cannot be rendered by the model's chat template: " + e.getMessage());
        }
    }

    private Map<String, Object> variables(Conversation conversation, boolean continues) {
        List<Object> messages = new ArrayList<>();
        for (Conversation.Message message : conversation.messages()) {
            boolean isContinued =
                    continues && messages.size() == conversation.messages().size() - 1;
            messages.add(
                    Map.of("role", message.role(), "content", message.content() + (isContinued ? CONTINUE + " " : "")));
        }
        Map<String, Object> variables = new HashMap<>(specialTokens);
        variables.put("messages", messages);
        variables.put("add_generation_prompt", conversation.ending() == Conversation.Ending.GENERATION_PROMPT);
        variables.put("tools", None.NONE);
        variables.put("documents", None.NONE);
        return variables;
    }

    /**
     * Cuts the text after the last message, whose end was marked. The template may have trimmed the space around the
     * mark.
     */
    private static String cut(String field, String text, Conversation conversation) {
        String last =
                conversation.messages().get(conversation.messages().size() - 1).content();
        int end = text.lastIndexOf(CONTINUE);
        if (end < 0 || !text.contains(Text.strip(last))) {
            throw new BadSelection(
                    field + ".continue_final_message", "needs a chat template that keeps the whole last message");
        }
        String before = text.substring(0, end);
        return text.startsWith(CONTINUE + " ", end) ? before : Text.stripRight(before);
    }
}
