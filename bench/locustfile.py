"""What scripts/request.lua does, for Locust."""

from locust import FastHttpUser, constant, task


class User(FastHttpUser):
    wait_time = constant(0)

    @task
    def item(self):
        with self.client.get("", catch_response=True) as response:
            if response.json()["name"] != "eyepiece":
                response.failure("not an eyepiece")
