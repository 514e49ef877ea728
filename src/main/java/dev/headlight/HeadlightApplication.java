package dev.headlight;

import dev.headlight.web.KnownSettings;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;

/** The Spring Boot application. */
@SpringBootApplication(exclude = UserDetailsServiceAutoConfiguration.class) // it would make up a password
public class HeadlightApplication {

    /** Starts the service; {@code --headlight.*} arguments are settings. */
    public static void main(String[] args) {
        SpringApplication application = new SpringApplication(HeadlightApplication.class);
        application.addInitializers(new KnownSettings());
        application.run(args);
    }
}
