package dev.headlight.web;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.springframework.boot.test.context.SpringBootTest;

/** The whole service on a free port, with the fixtures as its models; one context serves every test that is marked so. */
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "headlight.models-dir=src/test/resources/fixtures",
            "headlight.device=cpu",
            "headlight.hub.enabled=false"
        })
public @interface RunningService {}
