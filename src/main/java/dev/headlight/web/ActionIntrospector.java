package dev.headlight.web;

import dev.headlight.interp.intervene.action.Action;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;

/**
 * Tells Jackson the name of each action, and how its fields are read. The actions have no Jackson annotations, because the
 * analyses do not depend on JSON.
 */
final class ActionIntrospector extends NopAnnotationIntrospector {
    private static final long serialVersionUID = 1;
    private final transient InputDeserializer inputs;

    /** @param inputs reads the inputs that actions have */
    ActionIntrospector(InputDeserializer inputs) {
        this.inputs = inputs;
    }

    @Override
    public @Nullable String findTypeName(MapperConfig<?> config, AnnotatedClass type) {
        return Action.class.isAssignableFrom(type.getRawType()) ? Action.type(type.getRawType()) : null;
    }

    @Override
    public @Nullable Object findDeserializer(MapperConfig<?> config, Annotated annotated) {
        if (annotated instanceof AnnotatedParameter field && Action.class.isAssignableFrom(field.getDeclaringClass())) {
            return new ActionFieldDeserializer(
                    field.getDeclaringClass().getRecordComponents()[field.getIndex()], inputs);
        }
        return null;
    }
}
