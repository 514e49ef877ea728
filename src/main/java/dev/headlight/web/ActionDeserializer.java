package dev.headlight.web;

import dev.headlight.interp.intervene.action.Action;
import dev.headlight.model.fault.BadSelection;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.jsontype.TypeDeserializer;

/** Reads an action as the record that its {@code type} names. Error messages have the wording of all other fields. */
final class ActionDeserializer extends ValueDeserializer<Action> {
    static final String TYPE = "type";
    private static final List<String> TYPES =
            Stream.of(Action.class.getPermittedSubclasses()).map(Action::type).toList();

    /** Names of the fields of all actions. */
    private static final Set<String> OF_ALL_TYPES = Stream.of(Action.class.getPermittedSubclasses())
            .flatMap(action -> Stream.of(action.getRecordComponents()))
            .map(field -> ProblemAdvice.snakeCase(field.getName()))
            .collect(Collectors.toUnmodifiableSet());

    @Override
    public Action deserializeWithType(
            JsonParser parser, DeserializationContext context, TypeDeserializer typeDeserializer) {
        String path = JsonFields.path(parser);
        JsonNode json = context.readTree(parser);
        JsonFields fields = new JsonFields(path, json);
        String type = fields.text(TYPE);
        if (!TYPES.contains(type)) {
            throw new BadSelection(path + "." + TYPE, "'" + type + "'", "must be one of " + String.join(", ", TYPES));
        }
        Action action = read(path, json, context, typeDeserializer);
        for (RecordComponent field : action.getClass().getRecordComponents()) {
            fields.know(ProblemAdvice.snakeCase(field.getName()));
        }
        OF_ALL_TYPES.stream().filter(name -> json.path(name).isNull()).forEach(fields::know); // null means left out
        fields.refuseUnknown();
        return action;
    }

    private static Action read(
            String path, JsonNode json, DeserializationContext context, TypeDeserializer typeDeserializer) {
        JsonParser tokens = json.traverse(context);
        tokens.nextToken();
        try {
            return (Action) Objects.requireNonNull(typeDeserializer.deserializeTypedFromObject(tokens, context));
        } catch (DatabindException e) {
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                if (cause instanceof BadSelection fault) { // its field is relative to the action
                    throw new BadSelection(path + "." + fault.field(), Objects.requireNonNull(fault.getMessage()));
                }
            }
            throw e;
        }
    }

    /** The path of the action whose fields are being read: the request's parser is at the end of that action. */
    static String path(DeserializationContext context) {
        return JsonFields.path(Objects.requireNonNull(context.getParser()));
    }

    @Override
    public Action deserialize(JsonParser parser, DeserializationContext context) {
        return context.reportBadDefinition(Action.class, "an action is read by its type");
    }
}
