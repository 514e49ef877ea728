package dev.headlight.web.analysis;

import io.swagger.v3.oas.annotations.Operation;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.core.annotation.AliasFor;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;

/**
 * The endpoint of an analysis for clients that accept server-sent events. The OpenAPI document describes the events with the
 * analysis itself, under the same path.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@RequestMapping(
        method = RequestMethod.POST,
        consumes = MediaType.APPLICATION_JSON_VALUE,
        produces = MediaType.TEXT_EVENT_STREAM_VALUE)
@Operation(hidden = true)
@interface EventStreamMapping {
    /** Path of the analysis. */
    @AliasFor(annotation = RequestMapping.class)
    String[] path();
}
