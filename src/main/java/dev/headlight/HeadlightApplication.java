package dev.headlight;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The Spring Boot application. */
@SpringBootApplication
public class HeadlightApplication {

    /** Starts the service; {@code --headlight.*} arguments are settings. */
    public static void main(String[] args) {
        SpringApplication.run(HeadlightApplication.class, args);
    }
}
