package dev.headlight.interp.intervene.action;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Describes an action or one of its fields in the OpenAPI document. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.RECORD_COMPONENT})
public @interface Described {
    /** The description, in Markdown; empty for none. */
    String value() default "";

    /** The number that applies if a request omits the field; NaN for no default. */
    double defaultValue() default Double.NaN;

    /** The smallest number allowed; NaN for no minimum. */
    double minimum() default Double.NaN;
}
