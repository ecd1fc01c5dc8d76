from django.http import HttpRequest, HttpResponse
from django.urls import path

from votes.models import Vote


def count(_: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{Vote.objects.count()} votes")


urlpatterns = [path("", count)]
