package dev.headlight.web;

import dev.headlight.interp.session.AnalysisAnswer;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.core.annotation.AliasFor;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;

/**
 * Endpoint of an analysis: a POST of JSON, and everything that the OpenAPI document says about it except its {@link Example}s.
 * The request schema comes from the method's request body. Error statuses, the dry run, the verification and the comparison
 * are documented by {@link AnalysisOperations} and {@link ApiAnswers}, and common fields of requests by {@link CommonFields}.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@RequestMapping(method = RequestMethod.POST, consumes = MediaType.APPLICATION_JSON_VALUE)
public @interface AnalysisMapping {
    /** Path of the endpoint. */
    @AliasFor(annotation = RequestMapping.class)
    String[] path();

    /** Media types of the answer, JSON first. */
    @AliasFor(annotation = RequestMapping.class)
    String[] produces() default {
        MediaType.APPLICATION_JSON_VALUE,
        Format.SAFETENSORS_VALUE,
        Format.NPY_VALUE,
        MediaType.IMAGE_PNG_VALUE,
        Format.SVG_VALUE
    };

    /** Title of the endpoint: a few words. */
    String summary();

    /** Description of the endpoint in Markdown. */
    String description();

    /** Class that is written as JSON. */
    Class<? extends AnalysisAnswer> answer();

    /** Group of endpoints that it is listed in. */
    String tag() default "Analyses";
}
