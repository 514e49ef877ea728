package dev.headlight.web;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Example request on the embedded model, offered by Swagger UI. Tests send every example as it is, as a dry run, verified, and
 * with broken values, and compare its estimated memory with the memory that it really takes.
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

    /** Container of the examples of one endpoint. */
    @Documented
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @interface All {
        /** Examples in source order. */
        Example[] value();
    }
}
