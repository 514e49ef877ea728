package dev.headlight;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the service. */
@SpringBootApplication
public class HeadlightApplication {

    public static void main(String[] args) {
        SpringApplication.run(HeadlightApplication.class, args);
    }
}
