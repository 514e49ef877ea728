package dev.headlight.interp.intervene.action;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What the OpenAPI document says of an action or of one of its fields. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.RECORD_COMPONENT})
public @interface Described {
    /** The description, in Markdown; empty for none. */
    String value() default "";

    /** The number that a request without the field gets; NaN where there is none. */
    double otherwise() default Double.NaN;

    /** The least number allowed; NaN where there is none. */
    double minimum() default Double.NaN;
}
