package com.example.orders;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;

@ConfigurationProperties("queue")
record QueueProperties(
    String url,
    String stream,
    Duration lease,
    int maxDeliveries,
    int maxOutstanding,
    int concurrency) {}
