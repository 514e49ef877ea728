package dev.headlight.web;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Request on the embedded model that Swagger UI offers. Tests send each example, dry-run it, verify it, alter it, and hold its
 * estimated memory to what it really takes.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Example.All.class)
public @interface Example {
    /** Title of the example: a few words. */
    String name();

    /** Body of the request in JSON. */
    String value();

    /** Examples of one endpoint. */
    @Documented
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @interface All {
        /** Examples in the order of the source. */
        Example[] value();
    }
}
