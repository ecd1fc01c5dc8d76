from django.http import HttpRequest, JsonResponse
from django.urls import path

from library.models import Book


def books(_: HttpRequest) -> JsonResponse:
    return JsonResponse({"books": list(Book.objects.values_list("title", flat=True))})


urlpatterns = [path("books/", books)]
